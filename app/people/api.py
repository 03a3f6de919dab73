"""What the wire says."""

blueprints: list = []
