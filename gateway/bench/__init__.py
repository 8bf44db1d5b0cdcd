"""The test bed: plan, measure, record, summarise, judge.

Effects stand in `measure` and `record`; everything that computes (`intervals`, `histogram`, `summary`, `breakeven`,
`verdict`) is pure and works on a run folder's data alone.
"""
