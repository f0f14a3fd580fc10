"""Where a job runs: Beam's runners, their options and their workers."""
