"""Publishing an output folder on the Hugging Face Hub: what goes there, how it is sent, and what may go wrong."""
