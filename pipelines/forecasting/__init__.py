"""Weekly retail sales, forecast for every series: the reference pipeline."""
