"""One file per stage: pre-process, run, post-process; packs tell which files a stage runs."""
