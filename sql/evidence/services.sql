-- Evidence of the service indicators: each with its row, and those that meet their target.
-- Grain: one row per fact and service indicator it counts.
-- Facts: service_indicators, service_indicators_met
-- Reason: whether a target is met is decided once, in the model of services.
with
services as (
    select * from marts.services
),

facts as (
    select
        *,
        unnest([
            { 'fact': 'service_indicators', 'counts': true },
            { 'fact': 'service_indicators_met', 'counts': is_met }
        ]) as stated
    from services
)

select
    stated.fact,
    null::varchar as project_code,
    1::decimal(22, 4) as amount,
    false as is_private,
    source_file,
    source_sha256,
    source_sheet,
    source_row
from facts
where stated.counts
