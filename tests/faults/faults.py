"""THE list of faults: a function a fault, which injects it, asks the oracle, and returns how often and what was violated."""

import clocks
import crashes
import disconnections
import disks
import lives
import outages
import power_cuts
import unit_tests

FAULTS = (
    crashes.agent_crash_at_file_call,
    crashes.agent_crash_at_socket_call,
    crashes.collector_crash_at_file_call,
    crashes.collector_crash_at_socket_call,
    lives.random_kills,
    lives.restarts_of_collector,
    power_cuts.power_cut_of_agent,
    power_cuts.power_cut_of_collector,
    unit_tests.damaged_spool,
    disks.full_disk_of_agent,
    disks.full_disk_of_collector,
    disks.failing_disk_of_agent,
    disks.failing_disk_of_collector,
    disconnections.partition,
    disconnections.half_open,
    disconnections.lossy_network,
    disconnections.delay,
    disconnections.lost_acks,
    disconnections.cut_in_mid_batch,
    unit_tests.failing_step_of_protocol,
    outages.outage_beyond_the_bound,
    outages.power_loss_of_a_real_agent,
    clocks.wall_clock_steps,
    lives.all_come_back_at_once,
)
