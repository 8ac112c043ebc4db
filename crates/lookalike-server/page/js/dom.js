// The few things every view does with the document.

export const byId = (id) => document.getElementById(id);

/// An element with properties and children; `data` and `aria` are objects of attributes.
export function element(name, properties = {}, ...children) {
  const node = document.createElement(name);
  const { data = {}, aria = {}, ...rest } = properties;
  Object.assign(node, rest);
  for (const [key, value] of Object.entries(data)) node.dataset[key] = value;
  for (const [key, value] of Object.entries(aria)) node.setAttribute(`aria-${key}`, value);
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

const SVG = "http://www.w3.org/2000/svg";

/// An SVG element with attributes and children.
export function shape(name, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

/// One of the icons of the page.
export function icon(name) {
  return shape("svg", { class: "icon", "aria-hidden": "true" }, shape("use", { href: `#icon-${name}` }));
}

/// Text that only screen readers get.
export const unseen = (text) => element("span", { className: "unseen" }, text);
