// Numbers and relations in words.

/// A share as percent; one that is not quite everything never reads 100 %.
export function percent(share) {
  const value = share * 100;
  if (value >= 100) return "100 %";
  if (value > 99.9) return "> 99.9 %";
  if (value >= 99) return `${(Math.floor(value * 10) / 10).toFixed(1)} %`;
  return `${Math.round(value)} %`;
}

/// A probability as percent: no finite number of measurements makes it certain.
export const probability = (score) => (score > 0.999 ? "> 99.9 %" : percent(score));

export const count = (n, one, many) => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;

/// A number of bytes: "512 B", "1.5 kB", "23 MB".
export function bytes(n) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  for (; n >= 999.5 && unit + 1 < units.length; unit += 1) n /= 1000;
  return `${unit === 0 || n >= 99.95 ? Math.round(n) : n.toFixed(1)} ${units[unit]}`;
}

export const fileName = (path) => path.slice(path.lastIndexOf("/") + 1) || path;

/// Where in its file a picture is: " · page 3", or nothing.
export const placeIn = (place) => Object.entries(place ?? {}).map(([what, number]) => ` · ${what} ${number}`).join("");

export const folder = (path) => path.slice(0, Math.max(0, path.lastIndexOf("/")));

/// How the query lies in the found picture: turned, scaled, mirrored.
export function motion(transform, mirrored) {
  // A mirroring transform mirrors first; without that it turns and scales.
  const sign = mirrored ? -1 : 1;
  const [a, b, , c, d] = transform;
  const [x, y] = [a * sign, c * sign];
  const scale = Math.sqrt(Math.abs(x * d - b * y));
  const degrees = Math.round((Math.atan2(y - b, x + d) * 180) / Math.PI);
  const parts = [];
  if (mirrored) parts.push("mirrored");
  if (Math.abs(degrees) >= 1) parts.push(`turned by ${Math.abs(degrees)}° ${degrees > 0 ? "clockwise" : "anticlockwise"}`);
  if (Math.abs(scale - 1) >= 0.02) parts.push(`scaled to ${Math.round(scale * 100)} %`);
  return parts;
}

export function list(parts) {
  if (parts.length < 2) return parts.join("");
  return `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}
