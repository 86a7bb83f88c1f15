"""The example shop: customers and orders that the shipped order tools work on."""
