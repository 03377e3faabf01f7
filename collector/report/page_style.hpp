// The style sheet of the HTML report. Colours of text have a contrast of 4.5 and more on their
// ground, those of charts 3 and more, in the light and in the dark (WCAG 2.1 AA).
#pragma once

#include <string_view>

namespace sobriety::collector::report {

inline constexpr std::string_view page_style = R"css(
:root{color-scheme:light dark;--ground:#fff;--text:#1c2126;--soft:#56606b;--line:#d5dae0;--panel:#f4f6f8;
--accent:#0b6b4f;--use:#2a6f97;--idlework:#b7791f;--waste:#c0392b;--sleep:#7c6fb0;--off:#7b8794;--unknown:#4a5560;--unjudged:#4f8f83}
@media (prefers-color-scheme:dark){:root{--ground:#14181c;--text:#e8ecf0;--soft:#a9b4bf;--line:#3a434c;--panel:#1d2329;
--accent:#5fd3a8;--use:#5aa9d6;--idlework:#d9a441;--waste:#f07167;--sleep:#a99be0;--off:#8996a3;--unknown:#6d7a87;--unjudged:#6fb8aa}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--text);font:16px/1.55 system-ui,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
header,main,footer{max-width:72rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:2.5rem}
.org{margin:0;color:var(--accent);font-weight:600}
h1{margin:.2rem 0 .6rem;font-size:2rem;line-height:1.2;letter-spacing:-.01em}
h2{margin:2.6rem 0 .8rem;padding-top:.9rem;border-top:1px solid var(--line);font-size:1.35rem;line-height:1.3}
h3{margin:1.6rem 0 .5rem;font-size:1.05rem}
p{margin:.5rem 0;max-width:46rem}
.soft,figcaption{color:var(--soft)}
.notice{border-left:4px solid var(--waste);padding:.3rem .9rem;background:var(--panel)}
.heard{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.skip{position:absolute;left:-99rem}.skip:focus{position:static}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(18rem,1fr));gap:.9rem;margin:1rem 0;padding:0}
.cards div{background:var(--panel);border-radius:.6rem;padding:.9rem 1.1rem}
.cards dt{color:var(--soft);font-size:.95rem}
.cards dd{margin:0}
.cards .figure{font-size:1.75rem;font-weight:650;line-height:1.25;letter-spacing:-.01em}
.cards .unit{font-size:1rem;font-weight:400;color:var(--soft)}
.cards .note{font-size:.88rem;color:var(--soft)}
.lead{font-size:1.12rem}
figure{margin:1rem 0;max-width:54rem}
figure>svg{display:block;width:100%;height:auto}
svg text{font-size:12px;fill:var(--text)}
.grid{stroke:var(--line);fill:none}
.use{fill:var(--use)}.idlework{fill:var(--idlework)}.waste{fill:var(--waste)}.sleep{fill:var(--sleep)}
.off{fill:var(--off)}.unknown{fill:var(--unknown)}.unjudged{fill:var(--unjudged)}
.legend{display:flex;flex-wrap:wrap;gap:.3rem 1.2rem;margin:.2rem 0 .6rem;padding:0;list-style:none;font-size:.9rem}
.swatch{width:.8em;height:.8em;margin-right:.4em}
.scroll{overflow-x:auto;margin:.6rem 0 1.2rem}
table{border-collapse:collapse;width:100%;font-size:.88rem;line-height:1.4}
caption{text-align:left;font-weight:600;padding:.3rem 0}
th,td{padding:.32rem .45rem;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
thead th{border-bottom:2px solid var(--soft);vertical-align:bottom;font-weight:600}
tbody th{font-weight:400}
.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
thead .n{white-space:normal}
tfoot th,tfoot td{font-weight:650;border-top:2px solid var(--soft)}
td small{color:var(--soft);font-size:.85em;white-space:nowrap}
summary{cursor:pointer;color:var(--accent)}
.columns{columns:2 24rem;column-gap:2rem}.columns p,.columns li{break-inside:avoid}
ul{padding-left:1.2rem}
@media (max-width:40rem){svg text{font-size:20px}.wide{min-width:56rem}
h1{font-size:1.6rem}header{padding-top:1.25rem}h2{margin-top:2rem}}
footer{margin-top:3rem;padding-bottom:2.5rem;color:var(--soft);font-size:.9rem}
@page{size:A4;margin:15mm 13mm}
@media print{:root{color-scheme:light;--ground:#fff;--text:#000;--soft:#4a5158;--line:#c8ced4;--panel:#f4f6f8;
--accent:#0b6b4f;--use:#2a6f97;--idlework:#b7791f;--waste:#c0392b;--sleep:#7c6fb0;--off:#7b8794;--unknown:#4a5560;--unjudged:#4f8f83}
body{font-size:9.5pt;line-height:1.4;-webkit-print-color-adjust:exact;print-color-adjust:exact}
header,main,footer{max-width:none;padding:0}header{padding-top:0}
h1{font-size:20pt}h2{font-size:13pt;margin:6mm 0 2mm;padding-top:2mm;break-after:avoid}h3{break-after:avoid}
.cards{grid-template-columns:repeat(3,1fr);gap:2.5mm}.cards .figure{font-size:15pt}.cards div{padding:2mm 3mm}
.skip,details{display:none}
figure,.cards div,.scroll,tr{break-inside:avoid}
table{font-size:7.6pt}th,td{padding:1mm 1.2mm}.scroll{overflow:visible}thead{display:table-header-group}tfoot{display:table-row-group}.wide{min-width:0}
figure{max-width:none}svg text{font-size:12px}h2,h3,caption{break-after:avoid}.cards,.lead{break-inside:avoid}
}
)css";

}  // namespace sobriety::collector::report
