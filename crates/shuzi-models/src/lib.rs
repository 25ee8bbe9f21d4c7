//! The networks of shuzi and their shipped weights.
