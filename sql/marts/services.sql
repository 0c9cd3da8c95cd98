-- Services: every indicator of the operation and monitoring services against its target.
-- Grain: one row per service indicator.
-- Key: indicator_name
-- Reason: the completion rate of services is the share of indicators that meet their target.
with
indicators as (
    select * from staging.service_indicators
)

select
    indicator_name,
    measure_unit,
    target_operator,
    target_value,
    actual_value,
    coalesce(
        case target_operator
            when '>=' then actual_value >= target_value
            when '<=' then actual_value <= target_value
            when '=' then actual_value = target_value
            when '>' then actual_value > target_value
            when '<' then actual_value < target_value
        end,
        false
    ) as is_met,
    source_file,
    source_sha256,
    source_sheet,
    source_row
from indicators
order by source_sheet, source_row
