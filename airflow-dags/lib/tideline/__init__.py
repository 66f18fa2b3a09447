"""What the DAGs of Tideline share: configuration, the operators that submit the jar, and how a status is judged."""
