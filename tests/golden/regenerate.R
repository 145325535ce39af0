# Thresholds of R's wavethresh and waveslim on seeded coefficients, for tests/core/test_golden.py.
#
#   apt-get install r-base-core r-cran-wavethresh r-cran-waveslim r-cran-jsonlite
#   Rscript tests/golden/regenerate.R tests/golden/thresholds.json
#
# Everything is seeded: the same versions give the same file. README.md says what is in it and where the two part from us.

suppressPackageStartupMessages({
  library(wavethresh)
  library(waveslim)
  library(jsonlite)
})

number <- function(x) signif(x, 15)

# Sparse coefficients in noise of standard deviation sigma, rounded so that the file holds just what was worked with.
vector_of <- function(seed, m, share, sigma) {
  set.seed(seed)
  large <- runif(m) < share
  round(sigma * (ifelse(large, rnorm(m, sd = 5), 0) + rnorm(m)), 6)
}

# One level of a wavelet decomposition that holds `values`, so that the rules of a package can be run on them alone.
thresh_wd <- function(values) {
  level <- log2(length(values))
  empty <- wd(rep(0, 2 * length(values)), filter.number = 1, family = "DaubExPhase")
  list(wd = putD(empty, level = level, v = values), level = level)
}

of_wavethresh <- function(values, sigma) {
  made <- thresh_wd(values)
  known <- function(x) sigma^2 # `dev` returns a variance
  run <- function(policy, ...) {
    threshold(made$wd, levels = made$level, policy = policy, by.level = TRUE, dev = known, return.threshold = TRUE, ...)
  }
  shrunk <- function(type) {
    accessD(threshold(made$wd, levels = made$level, policy = "universal", type = type, by.level = TRUE, dev = known),
            level = made$level)
  }
  list(
    universal = number(run("universal")), sure = number(run("sure", type = "soft")),
    fdr = number(run("fdr", type = "hard", Q = 0.05)),
    universal_soft = number(shrunk("soft")), universal_hard = number(shrunk("hard"))
  )
}

# waveslim returns shrunken coefficients only; what the largest one lost is the threshold.
of_waveslim <- function(values) {
  made <- dwt(rep(0, 2 * length(values)), wf = "haar", n.levels = 1)
  made[["d1"]] <- values
  lost <- function(after) max(abs(values)) - max(abs(after[["d1"]]))
  list(
    mad = number(median(abs(values)) / 0.6745), # their noise level; n counts twice the band's coefficients
    universal = number(lost(universal.thresh(made, max.level = 1, hard = FALSE))),
    sure = number(lost(sure.thresh(made, max.level = 1, hard = FALSE)))
  )
}

vectors <- list(
  list(seed = 1, m = 64, share = 0.1, sigma = 1), list(seed = 2, m = 64, share = 0.6, sigma = 0.25),
  list(seed = 3, m = 256, share = 0.02, sigma = 1), list(seed = 4, m = 256, share = 0.2, sigma = 3),
  list(seed = 5, m = 128, share = 0, sigma = 1)
)
bands <- lapply(vectors, function(v) {
  values <- vector_of(v$seed, v$m, v$share, v$sigma)
  c(v, list(values = values, wavethresh = of_wavethresh(values, v$sigma), waveslim = of_waveslim(values)))
})

# A whole signal, for the rules that look at all levels: global and level by level, and cross-validation.
set.seed(6)
n <- 256
t <- (1:n) / n
noisy <- round(sqrt(t * (1 - t)) * sin(2 * pi * 1.05 / (t + 0.05)) * 10 + rnorm(n), 6)
taken <- wd(noisy, filter.number = 8, family = "DaubLeAsymm", bc = "periodic")
levels <- 3:7
all_levels <- function(policy, by.level, ...) {
  number(threshold(taken, levels = levels, policy = policy, by.level = by.level, dev = madmad,
                   return.threshold = TRUE, ...))
}
signal <- list(
  noisy = noisy, levels = levels,
  coefficients = lapply(levels, function(level) number(accessD(taken, level = level))),
  by_level = list(
    universal = all_levels("universal", TRUE), sure = all_levels("sure", TRUE, type = "soft"),
    fdr = all_levels("fdr", TRUE, type = "hard", Q = 0.05)
  ),
  global = list(
    universal = all_levels("universal", FALSE), sure = all_levels("sure", FALSE, type = "soft"),
    fdr = all_levels("fdr", FALSE, type = "hard", Q = 0.05),
    cv = all_levels("cv", FALSE, type = "soft")
  )
)

versions <- list(R = as.character(getRversion()), wavethresh = as.character(packageVersion("wavethresh")),
                 waveslim = as.character(packageVersion("waveslim")))
found <- list(versions = versions, bands = bands, signal = signal)
writeLines(toJSON(found, auto_unbox = TRUE, digits = NA), commandArgs(trailingOnly = TRUE)[1])
