/** Colours and type of the page: light and dark, screen and paper. */

const LIGHT = {
  paper: '#fbfaf8',
  card: '#ffffff',
  ink: '#1b1f24',
  soft: '#5d6670',
  grid: '#e9e7e2',
  axis: '#b9b6af',
  notice: '#fdf3dc',
  series: ['#0b6e99', '#d9622b', '#2c8f5b', '#8a4fbf', '#c2942a', '#c2416b'],
};

const DARK = {
  paper: '#14171a',
  card: '#1b1f23',
  ink: '#e8eaed',
  soft: '#9aa4ae',
  grid: '#2a2f35',
  axis: '#4b535b',
  notice: '#3a3120',
  series: ['#4db6e6', '#f08a55', '#5cc58e', '#b88be6', '#e3bb57', '#ea7a9f'],
};

/** How many colours there are; a series beyond begins anew. */
export const COLORS = LIGHT.series.length;

/** @param {typeof LIGHT} theme */
function variables({ series, ...rest }) {
  const named = Object.entries(rest).map(([name, value]) => `--${name}:${value};`);
  return [...named, ...series.map((color, at) => `--series-${at}:${color};`)].join('');
}

const SERIES = LIGHT.series.map((_, at) => `.series-${at}{--color:var(--series-${at})}`).join('\n');

export const STYLE = `:root{color-scheme:light dark;${variables(LIGHT)}}
@media (prefers-color-scheme:dark){:root{${variables(DARK)}}}
@media print{:root{${variables(LIGHT)}}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif}
main{max-width:920px;margin:0 auto;padding:56px 24px 96px}
h1{font-size:34px;line-height:1.15;letter-spacing:-.02em;margin:0 0 10px;font-weight:680}
h2{font-size:21px;line-height:1.3;letter-spacing:-.01em;margin:0 0 4px;font-weight:640}
p{margin:0 0 12px}
.lead{font-size:18px;color:var(--soft);margin-bottom:22px;max-width:46em}
.machine{font-size:13px;color:var(--soft);max-width:70em;margin:0 0 8px}
.note{background:var(--notice);border-radius:8px;padding:9px 14px;font-size:14px;margin:8px 0}
section{background:var(--card);border:1px solid var(--grid);border-radius:14px;padding:26px 30px 22px;margin:26px 0;break-inside:avoid}
section>p{color:var(--soft);font-size:15px;max-width:52em}
svg{display:block;width:100%;height:auto;margin:14px 0 10px;font-family:inherit}
.scroll{overflow-x:auto;margin-top:10px}
table{border-collapse:collapse;font-size:13.5px;font-variant-numeric:tabular-nums;width:100%}
th{font-weight:600;color:var(--soft);border-bottom:1px solid var(--axis);text-align:right;padding:6px 9px;white-space:nowrap;vertical-align:bottom}
td{border-bottom:1px solid var(--grid);text-align:right;padding:6px 9px;white-space:nowrap}
th.left,td.left{text-align:left;padding-left:0}
tr.gap td{border:0;padding:7px 0}
tr.heading td{text-align:left;padding:18px 0 5px;font-weight:600}
details{margin-top:12px}
summary{cursor:pointer;color:var(--soft);font-size:14px}
footer{color:var(--soft);font-size:13px;margin-top:30px}
dl{display:grid;grid-template-columns:max-content 1fr;gap:3px 16px;font-size:13.5px;margin:10px 0}
dt{font-weight:600}
dd{margin:0;color:var(--soft)}
text{fill:var(--ink);font-size:13px}
.tick{fill:var(--soft);font-size:12px;font-variant-numeric:tabular-nums}
.axis-title{fill:var(--soft);font-size:13px}
.legend{font-size:13px}
.group-name{font-weight:600;font-size:13.5px}
.bar-value{font-weight:600;font-size:13px;font-variant-numeric:tabular-nums}
.end{text-anchor:end}
.middle{text-anchor:middle}
.grid{stroke:var(--grid);stroke-width:1}
.axis{stroke:var(--axis);stroke-width:1.2}
.line{fill:none;stroke:var(--color);stroke-width:2.6;stroke-linejoin:round;stroke-linecap:round}
.dashed{stroke-dasharray:2 6}
.dot{fill:var(--color);stroke:var(--card);stroke-width:2}
.band{fill:var(--color);opacity:.14}
.span{fill:var(--ink);opacity:.06}
.span-name{fill:var(--soft);font-size:12.5px}
.bar{fill:var(--color)}
.whisker{stroke:var(--ink);stroke-width:1.6;opacity:.55}
${SERIES}
`;
