/** How the page looks: light and dark by the reader's own setting, one column on a phone. */
export const pageStyle = `
:root {
  color-scheme: light dark;
  --ground: #f7f7f5; --sheet: #ffffff; --line: #e4e3de; --text: #1d1d1b; --quiet: #66655f;
  --accent: #2f5fd0; --accent-ground: #e9effc; --mat: #ecebe6; --shadow: 0 1px 2px #00000012;
  --mono: ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #141415; --sheet: #1c1c1e; --line: #2f2f32; --text: #ececea; --quiet: #a3a29c;
    --accent: #8fb0ff; --accent-ground: #222c44; --mat: #0d0d0e; --shadow: none;
  }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 4.5rem; }
body {
  margin: 0; background: var(--ground); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", sans-serif;
  -webkit-text-size-adjust: 100%;
}
main, .top { width: min(1180px, 100% - 3rem); margin-inline: auto; }
.top { padding: 2.75rem 0 1.5rem; }
h1 { margin: 0; font-size: 1.7rem; line-height: 1.2; font-weight: 650; letter-spacing: -.015em; overflow-wrap: anywhere; }
h2 { margin: 0 0 1rem; font-size: 1.1rem; font-weight: 650; letter-spacing: -.005em; }
h2 small { margin-left: .5rem; font-size: .9rem; font-weight: 400; color: var(--quiet); letter-spacing: 0; }
p { margin: 0; }
.facts { margin-top: .4rem; color: var(--quiet); }
.facts span:not(:last-child)::after { content: "·"; margin: 0 .5em; opacity: .6; }
section { margin-bottom: 3rem; }
.summary { display: grid; grid-template-columns: repeat(auto-fit, minmax(200px, 1fr)); gap: 1px; margin: 0 0 2.5rem;
  overflow: hidden; background: var(--line); border: 1px solid var(--line); border-radius: 12px; box-shadow: var(--shadow); }
.summary div { padding: .9rem 1.1rem; background: var(--sheet); }
.summary dt { color: var(--quiet); font-size: .85rem; }
.summary dd { margin: .1rem 0 0; font-size: 1.2rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.summary dd small { display: block; font-size: .82rem; font-weight: 400; color: var(--quiet); }
.bar { position: sticky; top: 0; z-index: 5; display: flex; flex-wrap: wrap; align-items: center; gap: .5rem 1rem;
  padding: .7rem 0; margin-bottom: .6rem; background: color-mix(in srgb, var(--ground) 92%, transparent);
  backdrop-filter: blur(8px); }
.bar h2 { margin: 0; }
.bar .hint { color: var(--quiet); font-size: .88rem; margin-left: auto; }
.choice { display: inline-flex; margin: 0; padding: 3px; border: 0; border-radius: 9px; background: var(--line); }
.choice legend { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.choice label { position: relative; cursor: pointer; }
.choice input { position: absolute; inset: 0; margin: 0; opacity: 0; cursor: pointer; }
.choice span { display: block; padding: .2rem .8rem; border-radius: 7px; color: var(--quiet); font-size: .9rem; }
.choice input:checked + span { background: var(--sheet); color: var(--text); box-shadow: 0 1px 2px #0002; }
.choice input:focus-visible + span { outline: 2px solid var(--accent); outline-offset: 1px; }
.stills { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 460px), 1fr)); gap: 1.75rem 1.5rem; }
.stills.one { grid-template-columns: minmax(0, 960px); }
figure { margin: 0; }
figcaption { display: flex; flex-wrap: wrap; align-items: baseline; gap: .15rem .7rem; margin-top: .55rem; font-size: .9rem; color: var(--quiet); }
figcaption b { color: var(--text); font-weight: 600; font-variant-numeric: tabular-nums; }
figcaption .files { margin-left: auto; }
a { color: var(--accent); text-underline-offset: .15em; text-decoration-thickness: 1px; }
a:focus-visible, button:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
.tag { padding: 0 .55em; border-radius: 99px; background: var(--accent-ground); color: var(--accent); font-size: .82rem; line-height: 1.6; }
.wipe { --at: 50%; position: relative; overflow: hidden; border-radius: 10px; background: var(--mat); line-height: 0;
  touch-action: pan-y; user-select: none; -webkit-user-select: none; }
.wipe img { width: 100%; height: auto; display: block; }
.wipe .after { position: absolute; inset: 0; clip-path: inset(0 0 0 var(--at)); }
.wipe input { position: absolute; inset: 0; width: 100%; height: 100%; margin: 0; opacity: 0; cursor: ew-resize; appearance: none;
  -webkit-appearance: none; background: none; touch-action: pan-y; }
.wipe input::-webkit-slider-thumb { -webkit-appearance: none; width: 1px; height: 100vh; }
.wipe input::-moz-range-thumb { width: 1px; height: 100vh; border: 0; }
.wipe .line { position: absolute; top: 0; bottom: 0; left: var(--at); width: 2px; margin-left: -1px; background: #fff;
  box-shadow: 0 0 0 .5px #0006; pointer-events: none; }
.wipe .line::after { content: ""; position: absolute; top: 50%; left: 50%; width: 30px; height: 30px; transform: translate(-50%, -50%);
  border-radius: 50%; background: #fffffff2 url("data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 30 30' fill='none' stroke='%23333' stroke-width='1.8' stroke-linecap='round' stroke-linejoin='round'%3E%3Cpath d='m12 10-5 5 5 5M18 10l5 5-5 5'/%3E%3C/svg%3E") center / contain; box-shadow: 0 1px 4px #0006; }
.wipe input:focus-visible ~ .line::after { outline: 3px solid var(--accent); outline-offset: 2px; }
.wipe .name { position: absolute; bottom: .55rem; padding: .1rem .5rem; border-radius: 6px; background: #000000a8; color: #fff;
  font-size: .78rem; line-height: 1.5; pointer-events: none; transition: opacity .15s; }
.wipe .name:nth-of-type(1) { left: .55rem; } .wipe .name:nth-of-type(2) { right: .55rem; }
.wipe .name.gone { opacity: 0; }
[data-view] .wipe { display: none; }
[data-view="frame"] .wipe[data-kind~="frame"], [data-view="face"] .wipe[data-kind~="face"], [data-view="regions"] .wipe[data-kind~="regions"] { display: block; }
.legend { display: none; flex-wrap: wrap; gap: .25rem 1rem; margin: 0 0 1rem; padding: 0; list-style: none; font-size: .88rem; color: var(--quiet); }
[data-view="regions"] .legend { display: flex; }
.legend svg { width: .8em; height: .8em; margin-right: .4em; vertical-align: -.05em; border-radius: 3px; }
video { display: block; width: 100%; height: auto; border-radius: 10px; background: #000; }
.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 220px), 1fr)); gap: 1.25rem 1rem; }
.grid img { display: block; width: 100%; height: auto; border-radius: 8px; background: var(--mat); }
.grid figcaption { font-family: var(--mono); font-size: .84rem; color: var(--text); overflow-wrap: anywhere; }
.tracks { display: flex; flex-wrap: wrap; gap: 1rem; margin: 0; padding: 0; list-style: none; }
.tracks li { display: flex; align-items: center; gap: .8rem; padding: .55rem 1.1rem .55rem .55rem; border: 1px solid var(--line); border-radius: 12px; background: var(--sheet); }
.tracks img { width: 64px; height: 64px; border-radius: 8px; display: block; background: var(--mat); }
.tracks small { display: block; color: var(--quiet); }
.command { position: relative; margin: 0 0 1rem; }
.command p { margin-bottom: .3rem; color: var(--quiet); font-size: .9rem; }
pre { margin: 0; padding: .8rem 5.5rem .8rem 1rem; border: 1px solid var(--line); border-radius: 10px; background: var(--sheet);
  font: .86rem/1.55 var(--mono); white-space: pre-wrap; overflow-wrap: anywhere; }
button { position: absolute; right: .55rem; bottom: .5rem; padding: .2rem .7rem; border: 1px solid var(--line); border-radius: 7px;
  background: var(--ground); color: var(--text); font: inherit; font-size: .85rem; cursor: pointer; }
button:hover { border-color: var(--quiet); }
table { width: 100%; max-width: 720px; border-collapse: collapse; font-size: .92rem; }
td, th { padding: .3rem .75rem .3rem 0; border-bottom: 1px solid var(--line); text-align: left; font-weight: 400; }
td:nth-child(2) { width: 6.5rem; text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td:nth-child(3) { width: 55%; padding-right: 0; }
td svg { display: block; width: 100%; height: 8px; fill: var(--accent); opacity: .75; }
.note { margin-top: .9rem; max-width: 46rem; color: var(--quiet); font-size: .92rem; }
.notes { margin: 0; padding-left: 1.1rem; max-width: 46rem; color: var(--quiet); }
footer { padding: 1.25rem 0 2.5rem; border-top: 1px solid var(--line); color: var(--quiet); font-size: .88rem; }
@media (max-width: 620px) {
  main, .top { width: calc(100% - 2rem); }
  .top { padding-top: 1.75rem; }
  h1 { font-size: 1.35rem; }
  .bar .hint { display: none; }
  .summary { grid-template-columns: 1fr 1fr; }
  td:nth-child(3) { width: 35%; }
  figcaption .files { margin-left: 0; }
}
@media (prefers-reduced-motion: reduce) { * { transition: none !important; } }
`;
