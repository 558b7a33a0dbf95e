"""How a report looks. No outside fonts, scripts or pictures: the file is whole by itself."""

# Nothing may be loaded or run, whatever stands in the evidence.
POLICY = "default-src 'none'; style-src 'unsafe-inline'"

CSS = """
:root { color-scheme: light dark; --ink: #1d2430; --soft: #5b6675; --paper: #fbfbf9; --card: #ffffff; --line: #dfe3e8;
  --good: #17733c; --bad: #b3261e; --mark: #fdecea; --bar: #3867a8 }
@media (prefers-color-scheme: dark) { :root { --ink: #e7eaee; --soft: #a2adba; --paper: #14181d; --card: #1c2229;
  --line: #333c47; --good: #62c98b; --bad: #ff8a80; --mark: #44211f; --bar: #7ba7e6 } }
body { font: 1rem/1.55 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 60rem;
  margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.6rem; margin: 0 } h2 { font-size: 1.15rem; margin: 2.2rem 0 .6rem }
.soft { color: var(--soft) } .good { color: var(--good) } .bad { color: var(--bad) }
.score { font-size: 2.4rem; font-weight: 700 }
table { border-collapse: collapse; width: 100% } td, th { text-align: left; vertical-align: top; padding: .35rem .7rem
  .35rem 0; border-bottom: 1px solid var(--line) } td.n, th.n { text-align: right; font-variant-numeric: tabular-nums }
details, .card { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .5rem .8rem;
  margin: .4rem 0 } summary { cursor: pointer }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font: .82rem/1.45 ui-monospace, monospace; margin: .5rem 0 }
mark { background: var(--mark); color: inherit } svg text { fill: var(--soft); font: 11px system-ui, sans-serif }
svg { width: 100%; height: auto }
"""
