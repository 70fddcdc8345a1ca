using System.Collections.Concurrent;
using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;

namespace SaaS.Core.Http;

/// <summary>
/// What a field may hold, declared once: <see cref="FieldRuleAttribute"/> checks requests by it, and the OpenAPI document states it.
/// Lengths are Unicode characters, as in JSON Schema and in PostgreSQL.
/// </summary>
public sealed record FieldRule
{
    private static readonly ConcurrentDictionary<string, Regex> Compiled = [];

    public int? MinLength { get; init; }

    public int? MaxLength { get; init; }

    /// <summary>A regular expression that .NET and ECMAScript understand in the same way.</summary>
    public string? Pattern { get; init; }

    /// <summary>What is said of a text that the pattern does not fit.</summary>
    public string PatternExpected { get; init; } = "Not a valid value.";

    public string? Format { get; init; }

    public IReadOnlyList<string>? Choices { get; init; }

    /// <summary>Of a number; a handler or <see cref="RangeAttribute"/> checks it.</summary>
    public int? Minimum { get; init; }

    /// <inheritdoc cref="Minimum"/>
    public int? Maximum { get; init; }

    /// <summary>What a list's items hold.</summary>
    public FieldRule? Items { get; init; }

    /// <summary>What an object's member names are.</summary>
    public FieldRule? Names { get; init; }

    /// <summary>What is said of a value that is none of the choices.</summary>
    public static string ChoicesExpected(IEnumerable<string> choices) => $"Must be one of: {string.Join(", ", choices)}.";

    /// <returns>What is wrong with the text; null when nothing is.</returns>
    public string? FaultOf(string text)
    {
        if (Choices is not null)
        {
            return Choices.Contains(text) ? null : ChoicesExpected(Choices);
        }

        var length = text.EnumerateRunes().Count();
        return length > MaxLength || length < MinLength ? LengthExpected()
            : Pattern is not null && !Compiled.GetOrAdd(Pattern, Compile).IsMatch(text) ? PatternExpected
            : null;
    }

    // Never backtracking: what a caller sends cannot make it slow. In .NET $ also fits before a last line feed, in ECMAScript it does not.
    private static Regex Compile(string pattern) =>
        new(pattern.EndsWith('$') ? $@"{pattern[..^1]}\z" : pattern, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);

    private string LengthExpected() => MaxLength is null ? $"Length must be at least {MinLength}." : $"Length must be between {MinLength ?? 0} and {MaxLength}.";
}

/// <summary>A field with a <see cref="FieldRule"/>. Whether it may be left out is said by <see cref="RequiredAttribute"/>.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public abstract class FieldRuleAttribute : ValidationAttribute
{
    public abstract FieldRule Rule { get; }

    /// <returns>What is wrong with a text; null when nothing is. Overridden for what no schema can say, or for a better sentence.</returns>
    public virtual string? FaultOf(string text) => Rule.FaultOf(text);

    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext) =>
        value is string text && FaultOf(text) is { } fault ? new ValidationResult(fault) : ValidationResult.Success;
}

/// <summary>One of some words.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class OneOfAttribute(params string[] choices) : FieldRuleAttribute
{
    public override FieldRule Rule { get; } = new() { Choices = choices };
}
