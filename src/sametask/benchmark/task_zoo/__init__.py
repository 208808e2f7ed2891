"""The task zoo: networks whose tasks are known, on real data, and how often the verdict is right."""
