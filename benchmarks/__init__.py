"""Each workload against its peers, interleaved in one run."""
