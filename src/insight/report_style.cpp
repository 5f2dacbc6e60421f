// How the report looks. Colours are named once, for light and for dark; series0, series1, … are the heads' colours,
// chosen to differ in lightness too and to stand out from the paper by 4.5 to 1 or more.
#include "insight/report_sections.hpp"

namespace markhor::insight {

std::string_view report_style() {
    return R"css(
:root {
  color-scheme: light dark;
  --paper: #fff; --panel: #f6f5f1; --ink: #1c1b19; --soft: #5f5c55; --rule: #dedbd2;
  --series0: #0b5fa5; --series1: #bd4208; --series2: #5b7305;
  --series3: #7a3fa0; --series4: #8a6100; --series5: #3d5a66;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #16181b; --panel: #1e2125; --ink: #e9e6df; --soft: #a9a59c; --rule: #373b41;
    --series0: #6db5f2; --series1: #f6a064; --series2: #b9cc55;
    --series3: #cfa5ee; --series4: #e3c26b; --series5: #9fc0cc;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0 auto; max-width: 70rem; padding: 2.5rem 1.25rem 4rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
}
h1, h2 { font-family: Charter, "Bitstream Charter", Cambria, Georgia, "DejaVu Serif", serif; line-height: 1.15; text-wrap: balance; }
h1 { font-size: clamp(2rem, 6vw, 3.1rem); margin: 0 0 .6rem; letter-spacing: -.01em; }
h2 { font-size: 1.55rem; margin: 3.2rem 0 .6rem; padding-top: 1rem; border-top: 1px solid var(--rule); }
h3 { font-size: 1rem; margin: 0 0 .4rem; }
p { max-width: 44rem; margin: 0 0 1rem; }
.kicker, figcaption, .note, footer, th, dt { color: var(--soft); }
.kicker { margin: 0 0 .4rem; font-size: .9rem; letter-spacing: .04em; }
.lead { font-size: 1.15rem; }
.warning { border-left: 4px solid var(--series1); padding: .5rem .9rem; background: var(--panel); }
.note, footer { font-size: .9rem; }
.pair { display: grid; gap: 1.25rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); margin: 1.25rem 0; }
.card { background: var(--panel); border-top: 4px solid; border-radius: 3px; padding: 1rem 1.15rem; min-width: 0; }
.card .big { font-size: 2.4rem; line-height: 1.1; font-variant-numeric: tabular-nums; color: var(--ink); margin: .2rem 0; }
.card .big small { font-size: 1rem; color: var(--soft); }
.card p, .card ul { color: var(--ink); margin: 0; }
.card ul { padding: 0; list-style: none; }
.card.series0 { border-color: var(--series0); } .card.series0 h3 { color: var(--series0); }
.card.series1 { border-color: var(--series1); } .card.series1 h3 { color: var(--series1); }
.card.series2 { border-color: var(--series2); } .card.series2 h3 { color: var(--series2); }
.card.series3 { border-color: var(--series3); } .card.series3 h3 { color: var(--series3); }
.card.series4 { border-color: var(--series4); } .card.series4 h3 { color: var(--series4); }
.card.series5 { border-color: var(--series5); } .card.series5 h3 { color: var(--series5); }
dl { margin: 1.5rem 0 0; }
dl > div { display: grid; grid-template-columns: 9rem minmax(0, 44rem); gap: 0 1.25rem; padding: .7rem 0; border-top: 1px solid var(--rule); }
dl > div:first-child { background: var(--panel); border-top: 0; padding: 1rem 1.15rem; border-radius: 3px; }
dl > div:first-child dd { font-size: 1.08rem; }
dd { margin: 0; }
.scroll { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .38rem 0 .38rem 1.4rem; text-align: right; border-bottom: 1px solid var(--rule); white-space: nowrap; }
th { font-weight: 500; }
th:first-child, td:first-child { padding-left: 0; text-align: left; }
thead th { border-bottom: 2px solid var(--rule); vertical-align: bottom; line-height: 1.25; }
figure { margin: 0; min-width: 0; }
figcaption { font-size: .9rem; margin-top: .3rem; }
.chart { display: block; width: 100%; height: auto; font: 12px system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
.chart text { fill: var(--soft); font-variant-numeric: tabular-nums; }
.chart .label, .chart .value { fill: var(--ink); }
.chart .title { fill: var(--soft); }
.chart path { fill: none; stroke: var(--soft); }
.chart .grid { stroke: var(--rule); }
.chart .line { stroke-width: 2; }
.chart .dashed { stroke-dasharray: 5 4; }
.chart .series0 * { stroke: var(--series0); } .chart .series0 :not(.line) { fill: var(--series0); }
.chart .series1 * { stroke: var(--series1); } .chart .series1 :not(.line) { fill: var(--series1); }
.chart .series2 * { stroke: var(--series2); } .chart .series2 :not(.line) { fill: var(--series2); }
.chart .series3 * { stroke: var(--series3); } .chart .series3 :not(.line) { fill: var(--series3); }
.chart .series4 * { stroke: var(--series4); } .chart .series4 :not(.line) { fill: var(--series4); }
.chart .series5 * { stroke: var(--series5); } .chart .series5 :not(.line) { fill: var(--series5); }
.chart .bar.series0, .chart text.series0 { fill: var(--series0); }
.chart .bar.series1, .chart text.series1 { fill: var(--series1); }
.chart .bar.series2, .chart text.series2 { fill: var(--series2); }
.chart .bar.series3, .chart text.series3 { fill: var(--series3); }
.chart .bar.series4, .chart text.series4 { fill: var(--series4); }
.chart .bar.series5, .chart text.series5 { fill: var(--series5); }
pre { font: .69rem/1.165 "DejaVu Sans Mono", Menlo, Consolas, monospace; overflow-x: auto; margin: 0; padding: .9rem; background: var(--panel); border-radius: 3px; }
code { font-family: "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: .88em; overflow-wrap: anywhere; }
.samples { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(10.5rem, 1fr)); margin: 1.25rem 0; padding: 0; list-style: none; }
.samples li { background: var(--panel); border-radius: 3px; padding: .75rem; font-size: .88rem; line-height: 1.4; }
.samples img { display: block; width: 100%; height: 6.5rem; object-fit: contain; image-rendering: pixelated; margin-bottom: .5rem; }
.samples strong { display: block; }
.samples span { display: block; }
.head0 { color: var(--series0); } .head1 { color: var(--series1); } .head2 { color: var(--series2); }
.head3 { color: var(--series3); } .head4 { color: var(--series4); } .head5 { color: var(--series5); }
.heats { display: flex; gap: .4rem; } .heats figure { flex: 1; } .heats img { height: 4.2rem; margin: 0; } .heats figcaption { font-size: .75rem; }
.classes { display: grid; gap: 1.25rem 2rem; grid-template-columns: minmax(0, 1fr); margin: 1rem 0 2rem; }
.classes > * { min-width: 0; }
@media (min-width: 62rem) { .classes { grid-template-columns: minmax(0, 2fr) minmax(0, 3fr); align-items: start; } }
.classes .scroll { max-height: 44rem; overflow: auto; }
.scores td, .scores th { font-size: .88rem; }
.matrix { border-collapse: collapse; width: auto; }
.matrix td, .matrix th { padding: .25rem .4rem; font-size: .8rem; }
.matrix td { text-align: center; min-width: 1.9rem; height: 1.9rem; border: 1px solid var(--rule); }
.matrix th[scope=row] { white-space: nowrap; text-align: right; }
.matrix thead th { vertical-align: bottom; }
.matrix thead th span { writing-mode: vertical-rl; transform: rotate(180deg); white-space: nowrap; max-height: 9rem; overflow: hidden; }
.matrix .right { background: color-mix(in srgb, var(--series0) var(--share), transparent); font-weight: 700; }
.matrix .wrong { background: color-mix(in srgb, var(--series1) var(--share), transparent); }
.matrix.dense td { min-width: .8rem; width: .8rem; height: .8rem; padding: 0; }
.matrix.dense th { padding: 0 .25rem; font-size: .62rem; line-height: 1; }
.wrong .file { display: block; color: var(--soft); font-size: .75rem; overflow-wrap: anywhere; }
footer { margin-top: 3.2rem; padding-top: 1rem; border-top: 1px solid var(--rule); }
@media (max-width: 40rem) {
  body { padding-top: 1.5rem; }
  dl > div { grid-template-columns: 1fr; }
  .card .big small { display: block; }
  th, td { padding-left: .7rem; font-size: .85rem; }
  thead th, th:first-child { white-space: normal; }
  .samples { grid-template-columns: repeat(2, minmax(0, 1fr)); }
}
@media print { body { max-width: none; } h2, figure, .card { break-inside: avoid; } }
)css";
}

}  // namespace markhor::insight
