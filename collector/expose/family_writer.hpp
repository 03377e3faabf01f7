// Families of prometheus-cpp as text in either format; its own serializer knows 0.0.4 alone.
#pragma once

#include "collector/expose/format.hpp"

#include <prometheus/metric_family.h>

#include <span>
#include <string>

namespace sobriety::collector {

// Counters, gauges and histograms.
void write_families(std::string& out, std::span<const prometheus::MetricFamily> families,
                    Format format);

}  // namespace sobriety::collector
