using System.Collections.Concurrent;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace SaaS.Core.Http;

/// <summary>
/// The constraints of a field: <see cref="FieldRuleAttribute"/> validates requests with them, and the OpenAPI document states them. Lengths
/// are Unicode characters, as in JSON Schema and PostgreSQL.
/// </summary>
public sealed record FieldRule
{
    private static readonly ConcurrentDictionary<string, Regex> Compiled = [];

    public int? MinLength { get; init; }

    public int? MaxLength { get; init; }

    /// <summary>A regular expression with the same meaning in .NET and ECMAScript.</summary>
    public string? Pattern { get; init; }

    /// <summary>The error message when the pattern does not match.</summary>
    public string PatternExpected { get; init; } = "Not a valid value.";

    public string? Format { get; init; }

    public IReadOnlyList<string>? Choices { get; init; }

    /// <summary>The bound of a number; a handler or <see cref="RangeAttribute"/> validates it.</summary>
    public int? Minimum { get; init; }

    /// <inheritdoc cref="Minimum"/>
    public int? Maximum { get; init; }

    /// <summary>The rule for the items of a list.</summary>
    public FieldRule? Items { get; init; }

    /// <summary>The rule for the member names of an object.</summary>
    public FieldRule? Names { get; init; }

    /// <summary>Returns the error message for a value that is not one of the choices.</summary>
    public static string ChoicesExpected(IEnumerable<string> choices) => $"Must be one of: {string.Join(", ", choices)}.";

    /// <returns>The error message; null when the text is valid.</returns>
    public string? Validate(string text)
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

    // NonBacktracking: input cannot make it slow. In .NET $ also matches before a final line feed, unlike in ECMAScript.
    private static Regex Compile(string pattern) =>
        new(pattern.EndsWith('$') ? $@"{pattern[..^1]}\z" : pattern, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);

    private string LengthExpected() =>
        MaxLength is null ? $"Length must be at least {MinLength}." : $"Length must be between {MinLength ?? 0} and {MaxLength}.";
}

/// <summary>A field with a <see cref="FieldRule"/>. <see cref="RequiredAttribute"/> decides whether it may be omitted.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public abstract class FieldRuleAttribute : ValidationAttribute
{
    public abstract FieldRule Rule { get; }

    /// <returns>The error message; null when the text is valid. Override it for what a schema cannot express, or for a better
    /// message.</returns>
    public virtual string? Validate(string text) => Rule.Validate(text);

    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext) =>
        value is string text && Validate(text) is { } fault ? new ValidationResult(fault) : ValidationResult.Success;
}

/// <summary>One of a fixed set of strings.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class OneOfAttribute(params string[] choices) : FieldRuleAttribute
{
    public override FieldRule Rule { get; } = new() { Choices = choices };
}

/// <summary>Thrown by a JSON converter for an invalid value, with a message for the client. The serializer adds the path.</summary>
internal sealed class FieldException : JsonException
{
    public FieldException(string message)
        : base(message) { }

    public FieldException() { }

    public FieldException(string message, Exception innerException)
        : base(message, innerException) { }
}
