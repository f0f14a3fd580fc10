"""The translation memory's exchange with the world: what it gives out, and what it takes in."""
