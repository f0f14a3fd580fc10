"""What a run leaves: the output folder with its manifest, and the work folder that it is made from."""
