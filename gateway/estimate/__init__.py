"""What a move to Rust could give, before any Rust is written: a user's Go function timed beside the boundary here."""
