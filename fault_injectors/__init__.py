"""What breaks the shop: one fault, one file, one job, each the change that a careless engineer would have shipped.

Does not belong here: undoing (the baseline heals), waiting (the caller does), measuring what follows, and anything of
the lab's own packages. An injector gets a cluster and parameters passed in, says which parameters make its fault, and
remembers nothing.
"""
