-- Macros that say which rows could explain a difference between two sums. What they name is a place to look first, never
-- a finding: a row of the same amount was left out or counted twice, or two rows together were.
-- `named` is a list of structs {name, amount_yuan} of rows that may be told.

-- Names of the rows whose amount is the difference, whatever its sign.
create or replace macro rows_alike(difference_yuan, named) as
list_transform(list_filter(named, lambda r: abs(r.amount_yuan) = abs(difference_yuan)), lambda r: r.name);

-- Pairs of rows that add up to the difference.
create or replace macro pairs_alike(difference_yuan, named) as
flatten(
    list_transform(
        named,
        lambda a: list_transform(
            list_filter(named, lambda b: b.name > a.name and abs(a.amount_yuan + b.amount_yuan) = abs(difference_yuan)),
            lambda b: a.name || '与' || b.name
        )
    )
);

-- The explanation as the end of a Chinese sentence; empty where no row, and not exactly one pair of rows, fits: of many
-- pairs that happen to fit, none explains anything.
create or replace macro explanation(difference_yuan, named) as
case
    when len(rows_alike(difference_yuan, named)) > 0
        then
            ',金额与差额相同的有' || array_to_string(list_sort(list_distinct(rows_alike(difference_yuan, named)))[1:3], '、')
            || ',请先核对'
    when len(pairs_alike(difference_yuan, named)) = 1
        then ',合计与差额相同的有' || pairs_alike(difference_yuan, named)[1] || ',请先核对'
    else ''
end;
