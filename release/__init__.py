"""What a release is made of, built so that two builds give the same bytes. `make release`, docs/releasing.md."""
