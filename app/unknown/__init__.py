"""Unknown codes: what nobody understood is parked, matched to a product in one step, and bad labels are found."""
