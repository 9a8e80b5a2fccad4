"""A submission's folder, its script and its code, in processes of their own."""
