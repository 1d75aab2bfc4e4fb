"""What must hold in every simulation, whatever goes wrong: one file each."""
