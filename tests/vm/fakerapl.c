// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * For tests only: RAPL counters of known power in a machine that has none.
 *
 * An emulated processor answers 0 when the kernel's own driver (intel_rapl_msr) reads its energy registers, and the
 * driver then finds no zone. This module puts the answers right, behind the driver's back: everything above, powercap
 * and sysfs, is the kernel's. It also registers a perf PMU "power" with the same counters.
 *
 * Powers are in milliwatts and may be changed at any time (/sys/module/fakerapl/parameters). A change counts from the last
 * reading of that counter on. All packages show the same counters.
 */
#include <linux/intel_rapl.h>
#include <linux/kprobes.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/perf_event.h>
#include <linux/spinlock.h>

enum domain { PKG, CORE, DRAM, PSYS, DOMAINS };

static uint pkg_mw = 45000, core_mw = 30000, dram_mw = 6000, psys_mw = 150000;
module_param(pkg_mw, uint, 0644);
module_param(core_mw, uint, 0644);
module_param(dram_mw, uint, 0644);
module_param(psys_mw, uint, 0644);
static ulong pkg_start;
module_param(pkg_start, ulong, 0444);
MODULE_PARM_DESC(pkg_start, "what the package counters begin with, in units of 2^-14 J; they wrap at 2^32");

/* MSR_RAPL_POWER_UNIT: power 2^-3 W, energy 2^-14 J, time 2^-10 s (Intel SDM vol. 4). */
#define UNITS 0xA0E03ULL
#define NJ_PER_UNIT 61035
/* Of a server's DRAM, whatever that register says: the driver knows it by the processor's model. */
#define NJ_PER_DRAM_UNIT 15300
/* MSR_PKG_POWER_INFO: thermal design power 150 W, minimum 70 W, maximum 300 W, in 2^-3 W. */
#define POWER_INFO ((150ULL * 8) | (70ULL * 8) << 16 | (300ULL * 8) << 32)
#define POWER_LIMIT 0x00dc80400dd8040ULL

static DEFINE_RAW_SPINLOCK(lock);
static struct {
	u64 nj;
	u64 read_at; /* ns since boot */
} used[DOMAINS];

static u64 energy_nj(enum domain domain)
{
	const uint mw[DOMAINS] = { pkg_mw, core_mw, dram_mw, psys_mw };
	unsigned long flags;
	u64 now, total;

	raw_spin_lock_irqsave(&lock, flags);
	now = ktime_get_ns();
	used[domain].nj += mw[domain] * div_u64(now - used[domain].read_at, 1000);
	used[domain].read_at = now;
	total = used[domain].nj;
	raw_spin_unlock_irqrestore(&lock, flags);
	return total;
}

static u32 counter(enum domain domain)
{
	const u32 unit = domain == DRAM ? NJ_PER_DRAM_UNIT : NJ_PER_UNIT;

	return (u32)((domain == PKG ? pkg_start : 0) + div_u64(energy_nj(domain), unit));
}

static u64 answer(u32 reg)
{
	switch (reg) {
	case 0x606: return UNITS;
	case 0x610: return POWER_LIMIT;
	case 0x611: return counter(PKG);
	case 0x614: return POWER_INFO;
	case 0x619: return counter(DRAM);
	case 0x639: return counter(CORE);
	case 0x64d: return counter(PSYS);
	default: return 0;
	}
}

/* rapl_msr_read_raw(cpu, action): the driver's one way to a register. */
struct call {
	struct reg_action *action;
};

static int note_action(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	((struct call *)instance->data)->action = (struct reg_action *)regs->si;
	return 0;
}

static int put_answer(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	struct reg_action *action = ((struct call *)instance->data)->action;

	action->value = answer(action->reg) & action->mask;
	action->err = 0;
	regs->ax = 0;
	return 0;
}

static struct kretprobe probe = {
	.entry_handler = note_action,
	.handler = put_answer,
	.data_size = sizeof(struct call),
	.maxactive = 32,
	.kp.symbol_name = "rapl_msr_read_raw",
};

/* The PMU, in units of 2^-32 J as the kernel's own. */
static ssize_t show_event(struct device *device, struct device_attribute *attribute, char *to)
{
	return sysfs_emit(to, "%s", container_of(attribute, struct perf_pmu_events_attr, attr)->event_str);
}

#define TEXT(id, file, text) \
	static struct perf_pmu_events_attr id = { .attr = __ATTR(file, 0444, show_event, NULL), .event_str = text }
#define EVENT(id, file, code) \
	TEXT(id, file, "event=" code "\n"); \
	TEXT(id##_unit, file.unit, "Joules\n"); \
	TEXT(id##_scale, file.scale, "2.3283064365386962890625e-10\n")
EVENT(cores, energy-cores, "0x01");
EVENT(package, energy-pkg, "0x02");
EVENT(memory, energy-ram, "0x03");
static struct attribute *events[] = {
	&cores.attr.attr, &cores_unit.attr.attr, &cores_scale.attr.attr,
	&package.attr.attr, &package_unit.attr.attr, &package_scale.attr.attr,
	&memory.attr.attr, &memory_unit.attr.attr, &memory_scale.attr.attr, NULL,
};
static const struct attribute_group events_group = { .name = "events", .attrs = events };

PMU_FORMAT_ATTR(event, "config:0-7");
static struct attribute *formats[] = { &format_attr_event.attr, NULL };
static const struct attribute_group format_group = { .name = "format", .attrs = formats };

static ssize_t cpumask_show(struct device *device, struct device_attribute *attribute, char *to)
{
	return sysfs_emit(to, "0\n");
}
static DEVICE_ATTR_RO(cpumask);
static struct attribute *masks[] = { &dev_attr_cpumask.attr, NULL };
static const struct attribute_group mask_group = { .attrs = masks };

static const struct attribute_group *groups[] = { &events_group, &format_group, &mask_group, NULL };
static struct pmu pmu;

static u64 pmu_units(u64 config)
{
	const enum domain domain = config == 1 ? CORE : config == 2 ? PKG : DRAM;

	return mul_u64_u64_div_u64(energy_nj(domain), 1ULL << 32, 1000000000ULL);
}

static int pmu_init(struct perf_event *event)
{
	if (event->attr.type != pmu.type)
		return -ENOENT;
	if (event->cpu < 0 || is_sampling_event(event) || event->attr.config < 1 || event->attr.config > 3)
		return -EINVAL;
	event->cpu = 0;
	return 0;
}

static void pmu_read(struct perf_event *event)
{
	const u64 now = pmu_units(event->attr.config);

	local64_add(now - local64_xchg(&event->hw.prev_count, now), &event->count);
}

static void pmu_start(struct perf_event *event, int flags)
{
	local64_set(&event->hw.prev_count, pmu_units(event->attr.config));
}

static void pmu_stop(struct perf_event *event, int flags)
{
	pmu_read(event);
}

static int pmu_add(struct perf_event *event, int flags)
{
	if (flags & PERF_EF_START)
		pmu_start(event, flags);
	return 0;
}

static void pmu_del(struct perf_event *event, int flags)
{
	pmu_stop(event, flags);
}

static struct pmu pmu = {
	.module = THIS_MODULE,
	.task_ctx_nr = perf_invalid_context,
	.attr_groups = groups,
	.capabilities = PERF_PMU_CAP_NO_EXCLUDE,
	.event_init = pmu_init,
	.add = pmu_add,
	.del = pmu_del,
	.start = pmu_start,
	.stop = pmu_stop,
	.read = pmu_read,
};

static int __init fakerapl_init(void)
{
	int error = register_kretprobe(&probe);

	if (error)
		return error;
	error = perf_pmu_register(&pmu, "power", -1);
	if (error)
		unregister_kretprobe(&probe);
	return error;
}

static void __exit fakerapl_exit(void)
{
	perf_pmu_unregister(&pmu);
	unregister_kretprobe(&probe);
}

module_init(fakerapl_init);
module_exit(fakerapl_exit);
MODULE_DESCRIPTION("RAPL counters of known power, for tests");
MODULE_LICENSE("Dual MIT/GPL");
