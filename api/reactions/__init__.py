"""What an event calls for, decided by the engine's reactions and carried out in one transaction."""
