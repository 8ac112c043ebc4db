/* Hides instruction sets from a program, so that it runs as on an older processor: Linux on x86-64,
   where the processor can make CPUID fault.

   cc -O1 -shared -fPIC -o cpuid.so cpuid.c; LD_PRELOAD=./cpuid.so CPUID_LEVEL=avx2 PROGRAM */

#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#define ARCH_SET_CPUID 0x1012
#define BIT(n) (1u << (n))

static int without_avx;

static long cpuid_works(long yes) { return syscall(SYS_arch_prctl, ARCH_SET_CPUID, yes); }

static void hide(uint32_t leaf, uint32_t sub, uint32_t r[4]) {
  if (leaf == 1 && without_avx) r[2] &= ~(BIT(12) | BIT(28) | BIT(29)); /* FMA, AVX, F16C */
  if (leaf == 7 && sub == 0) { /* AVX-512 in all its parts, and AMX */
    r[1] &= ~(BIT(16) | BIT(17) | BIT(21) | BIT(26) | BIT(27) | BIT(28) | BIT(30) | BIT(31));
    r[2] &= ~(BIT(1) | BIT(6) | BIT(11) | BIT(12) | BIT(14));
    r[3] &= ~(BIT(2) | BIT(3) | BIT(8) | BIT(22) | BIT(23) | BIT(24) | BIT(25));
    if (without_avx) r[1] &= ~BIT(5); /* AVX2 */
  }
  if (leaf == 7 && sub == 1) memset(r, 0, 4 * sizeof *r); /* AVX-VNNI and later */
}

static void faulted(int signal_number, siginfo_t *info, void *context) {
  greg_t *g = ((ucontext_t *)context)->uc_mcontext.gregs;
  const uint8_t *code = (const uint8_t *)g[REG_RIP];
  uint32_t leaf = g[REG_RAX], sub = g[REG_RCX], r[4];
  if (code[0] != 0x0f || code[1] != 0xa2) { /* another fault: die of it */
    signal(signal_number, SIG_DFL);
    return;
  }
  cpuid_works(1);
  __asm__ volatile("cpuid" : "=a"(r[0]), "=b"(r[1]), "=c"(r[2]), "=d"(r[3]) : "a"(leaf), "c"(sub));
  cpuid_works(0);
  hide(leaf, sub, r);
  g[REG_RAX] = r[0], g[REG_RBX] = r[1], g[REG_RCX] = r[2], g[REG_RDX] = r[3];
  g[REG_RIP] += 2;
}

__attribute__((constructor)) static void start(void) {
  const char *level = getenv("CPUID_LEVEL");
  struct sigaction action = {.sa_sigaction = faulted, .sa_flags = SA_SIGINFO | SA_NODEFER};
  if (!level || (strcmp(level, "avx2") && strcmp(level, "sse4.2"))) return;
  without_avx = level[0] == 's';
  sigaction(SIGSEGV, &action, 0);
  if (cpuid_works(0)) {
    static const char text[] = "cpuid.so: this machine cannot hide instruction sets\n";
    if (write(2, text, sizeof text - 1)) _exit(3);
  }
}
