"""What pipelines, builds and the factory need of a cloud, in their own words. Adapters are reached through `connect()`."""
