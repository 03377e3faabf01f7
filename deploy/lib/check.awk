# Judges one line of hosts.awk against the kernel's own figures. Prints the reason; fails if untrue.
#   -v before, after   /proc/uptime around the reading of /metrics, seconds
#   -v cpu, cpus       processor seconds by /proc/stat just after; number of processors
#   -v report          seconds between two reports of the agent

function untrue(reason) { print reason; failed = 1; exit 1 }

{
  if ($2 != 1) untrue("sobriety_host_up of this machine is " $2)
  if ($8 == "-") untrue("this machine has no sobriety_host_uptime_seconds")
  if ($9 == "-") untrue("this machine has no sobriety_host_cpu_seconds_total")

  if ($8 < before - report || $8 > after + 0.05)
    untrue(sprintf("uptime is %.2f s, but /proc/uptime says %.2f s, and reports come every %d s", $8, after, report))

  tolerance = cpu / 100
  if (cpus * report > tolerance) tolerance = cpus * report
  difference = cpu - $9
  if (difference < 0) difference = -difference
  if (difference > tolerance)
    untrue(sprintf("processor time is %.2f s, but /proc/stat says %.2f s", $9, cpu))

  printf "%s is up; uptime %.2f s (/proc/uptime %.2f); processor time %.2f s (/proc/stat %.2f)\n",
    $1, $8, after, $9, cpu
}

END { if (NR == 0) exit 1; exit failed }
