"""The task zoo: networks on real data whose tasks are known, and how often the verdict is right."""
