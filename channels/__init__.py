"""The interaction layer: one adapter per channel, wire format on one side, the normal form on the other."""
