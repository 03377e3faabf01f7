// Charts as inline SVG: no script, colours by class from the page's style sheet, and each with a
// title and a description for those who do not see it. Texts come escaped.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace sobriety::collector::report {

// What a part of a bar stands for: a class of the style sheet and its name.
struct Part {
  std::string_view style;
  std::string name;
};

struct Bar {
  std::string label;
  std::vector<double> values;  // one a part, >= 0
  std::string end;             // text behind a lying bar, "" for none
};

struct Chart {
  std::string id;  // unique in the page
  std::string title, description;
  std::vector<Part> parts;
  std::vector<Bar> bars;
  std::function<std::string(double value, unsigned decimals)> number;  // how one is written
  std::string unit;
};

// Standing bars beside one another, with a scale.
[[nodiscard]] std::string columns_chart(const Chart& chart);
// Lying bars below one another; `whole`: each as long as the chart is wide.
[[nodiscard]] std::string bars_chart(const Chart& chart, bool whole);
// What the colours mean.
[[nodiscard]] std::string legend(const Chart& chart);

// A round number that is at least value / steps: 1, 2 or 5 times a power of ten.
[[nodiscard]] double round_step(double value, unsigned steps);

}  // namespace sobriety::collector::report
