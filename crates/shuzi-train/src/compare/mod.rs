//! Runs side by side: the paper's Table 2 and Fig. 4, and the ablation.
//!
//! Everything comes from the folders of runs, or from what those behind the project's figures
//! came to, which is kept inside; nothing is trained here.

mod ablation;
mod collect;
mod figures;
mod kept;
mod paper;
mod risk;
mod table;

pub use ablation::{Ablation, AblationRow, ablation};
pub use collect::{Kind, RunResult, collect};
pub use figures::{Figure, FigureError, write_figures};
pub use kept::kept;
pub use paper::{PAPER, PaperFigure};
pub use risk::write_risk_coverage;
pub use table::{Spread, SystemRow, Table, table};
