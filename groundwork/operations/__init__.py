"""Operations that a person starts and that are not part of a promotion."""
