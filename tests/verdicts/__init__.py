"""Does the quick answer hold? Its verdicts over many runs, against what is known to be right."""
