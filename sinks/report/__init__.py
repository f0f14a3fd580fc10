"""The report: what an output holds, as one page of HTML that needs nothing else."""
