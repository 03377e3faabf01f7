#include "collector/report/chart.hpp"

#include "collector/report/columns.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace sobriety::collector::report {

namespace {

constexpr double width = 720;

std::string at(double value) { return fixed_text(value, 1); }

double sum(const Bar& bar) { return std::accumulate(bar.values.begin(), bar.values.end(), 0.0); }

double longest(const Chart& chart) {
  double most = 0;
  for (const Bar& bar : chart.bars) most = std::max(most, sum(bar));
  return most;
}

std::string open(const Chart& chart, double height) {
  return "<svg role=\"img\" aria-labelledby=\"" + chart.id + "-t " + chart.id +
         "-d\" viewBox=\"0 0 " + at(width) + " " + at(height) + "\"><title id=\"" + chart.id +
         "-t\">" + chart.title + "</title><desc id=\"" + chart.id + "-d\">" + chart.description +
         "</desc>\n";
}

std::string text(double x, double y, std::string_view anchor, const std::string& words) {
  return "<text x=\"" + at(x) + "\" y=\"" + at(y) + "\" text-anchor=\"" + std::string{anchor} +
         "\">" + words + "</text>\n";
}

std::string box(std::string_view style, double x, double y, double w, double h) {
  return "<rect class=\"" + std::string{style} + "\" x=\"" + at(x) + "\" y=\"" + at(y) +
         "\" width=\"" + at(w) + "\" height=\"" + at(h) + "\"/>\n";
}

}  // namespace

double round_step(double value, unsigned steps) {
  if (!(value > 0) || steps == 0) return 1;
  const double raw = value / steps;
  const double power = std::pow(10, std::floor(std::log10(raw)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (factor * power >= raw * (1 - 1e-9)) return factor * power;
  return 10 * power;
}

std::string columns_chart(const Chart& chart) {
  constexpr double left = 62, right = 2, top = 36, bottom = 28, height = 260;
  constexpr double inner = height - top - bottom;
  const double step = round_step(longest(chart), 4);
  const double most = std::max(step, std::ceil(longest(chart) / step) * step);
  const unsigned decimals = step >= 1 ? 0 : step >= 0.1 ? 1 : 2;
  std::string out = open(chart, height);
  out += text(0, 14, "start", chart.unit);
  for (double mark = 0; mark <= most * 1.0001; mark += step) {
    const double y = top + inner * (1 - mark / most);
    out +=
        "<path class=\"grid\" d=\"M" + at(left) + " " + at(y) + "H" + at(width - right) + "\"/>\n";
    out += text(left - 6, y + 4, "end", chart.number(mark, decimals));
  }
  const double room =
      (width - left - right) / static_cast<double>(std::max<std::size_t>(1, chart.bars.size()));
  for (std::size_t i = 0; i < chart.bars.size(); ++i) {
    const double x = left + room * static_cast<double>(i);
    double y = top + inner;
    for (std::size_t part = 0; part < chart.parts.size(); ++part) {
      const double h = inner * chart.bars[i].values[part] / most;
      y -= h;
      if (h > 0.05) out += box(chart.parts[part].style, x + room * 0.12, y, room * 0.76, h);
    }
    if (i == 0 || (i + 1) % 5 == 0)
      out += text(x + room / 2, height - 8, "middle", chart.bars[i].label);
  }
  return out + "</svg>\n";
}

// The label stands above its bar, so that it has room in narrow windows too, where letters are
// larger beside the bars.
std::string bars_chart(const Chart& chart, bool whole) {
  constexpr double row = 54, thick = 18, label = 25;
  const double inner = width - (whole ? 0 : 130);
  const double height = row * static_cast<double>(chart.bars.size());
  const double most = longest(chart);
  std::string out = open(chart, height);
  for (std::size_t i = 0; i < chart.bars.size(); ++i) {
    const Bar& bar = chart.bars[i];
    const double y = row * static_cast<double>(i);
    const double all = whole ? sum(bar) : most;
    out += text(0, y + label - 6, "start", bar.label);
    double x = 0;
    for (std::size_t part = 0; part < chart.parts.size() && all > 0; ++part) {
      const double w = inner * bar.values[part] / all;
      if (w > 0.05) out += box(chart.parts[part].style, x, y + label, w, thick);
      x += w;
    }
    if (!bar.end.empty()) out += text(x + 6, y + label + 14, "start", bar.end);
  }
  return out + "</svg>\n";
}

std::string legend(const Chart& chart) {
  std::string out = "<ul class=\"legend\">";
  for (const Part& part : chart.parts)
    out += "<li><svg class=\"swatch\" aria-hidden=\"true\" viewBox=\"0 0 12 12\"><rect class=\"" +
           std::string{part.style} + "\" width=\"12\" height=\"12\"/></svg>" + part.name + "</li>";
  return out + "</ul>\n";
}

}  // namespace sobriety::collector::report
