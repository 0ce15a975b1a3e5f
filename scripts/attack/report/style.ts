/** What the lab's page looks like beside the style that all pages share. */
import { element } from '../../../bench/html/svg.mjs';
import type { Markup } from '../../../bench/html/svg.mjs';
import type { Verdict } from '../result/format.ts';

export function badge(verdict: Verdict): Markup {
  return element('span', { class: `verdict ${verdict}` }, verdict);
}

export const LAB_STYLE = `main{max-width:1000px}
a{color:inherit;text-decoration-color:var(--axis);text-underline-offset:3px}
.sum{font-size:16px;margin:18px 0 6px}
h2.group{margin:46px 0 0}
.attack{scroll-margin-top:16px;margin:18px 0}
h3{font-size:19px;margin:0 0 8px;font-weight:640}
h4{font-size:15px;margin:0 0 8px;font-weight:640}
.by{font-weight:400;font-size:13.5px;color:var(--soft);margin-left:10px}
.claims{font-size:15px;gap:5px 14px;margin:0 0 4px}
.claims dt{color:var(--soft);font-weight:400}
.claims dd{color:var(--ink);max-width:60em}
.outcomes{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,400px),1fr));gap:14px 36px;margin-top:16px}
.outcome{min-width:0}
.figures{margin:0 0 4px}
.figures dd{min-width:0;overflow-wrap:anywhere}
.reasons{margin:0 0 10px;padding-left:18px;font-size:14.5px;overflow-wrap:anywhere}
details ul{margin:6px 0;padding-left:18px;font-size:13px;color:var(--soft);overflow-wrap:anywhere}
code{display:block;font-size:12.5px;overflow-wrap:anywhere;background:var(--paper);border-radius:6px;padding:5px 9px}
.verdict{display:inline-block;font-size:12.5px;font-weight:640;border-radius:99px;padding:1px 10px;color:var(--card);background:var(--color)}
td:last-child,th:last-child{padding-left:12px}
h4 .verdict{margin-left:10px}
.held{--color:var(--series-2)}
.fell{--color:var(--series-1)}
.broken{--color:var(--series-5)}
.failed{--color:var(--soft)}
@media (max-width:640px){main{padding:32px 14px 64px}section{padding:18px 16px 16px}.claims{grid-template-columns:1fr}}
@media print{.verdict{border:1px solid var(--color);color:var(--color);background:none}}
`;
