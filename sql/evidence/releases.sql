-- Evidence of quotas: the rows that what was applied for and what was released are summed from.
-- Grain: one row per fact and row of the quota ledger.
-- Facts: applied_yuan, released_yuan
-- Reason: classified projects take part in both sums; their rows belong to the private half only.
with
quotas as (
    select
        *,
        false as is_private
    from staging.releases
    union all by name
    select
        *,
        true as is_private
    from restricted.releases
),

amounts as (
    select
        *,
        unnest([
            { 'fact': 'applied_yuan', 'amount': applied_yuan },
            { 'fact': 'released_yuan', 'amount': released_yuan }
        ]) as stated
    from quotas
)

select
    stated.fact,
    project_code,
    stated.amount::decimal(22, 4) as amount,
    is_private,
    source_file,
    source_sha256,
    source_sheet,
    source_row
from amounts
