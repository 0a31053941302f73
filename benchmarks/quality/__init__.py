"""How good trained models become on real corpora in 45 minutes: `make quality-<corpus>`."""
