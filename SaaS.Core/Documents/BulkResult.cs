using SaaS.Core.Http;

namespace SaaS.Core.Documents;

/// <summary>What became of each document of a request about several.</summary>
/// <param name="Succeeded">How many were changed.</param>
/// <param name="Failed">How many were not.</param>
/// <param name="Results">Each of them, in the order in which they were asked for.</param>
public sealed record BulkResult(int Succeeded, int Failed, IReadOnlyList<BulkItem> Results)
{
    /// <summary>How many documents one request may be about.</summary>
    internal const int MaxItems = 100;

    internal static BulkResult Of(IReadOnlyList<BulkItem> items) =>
        new(items.Count(item => item.Success), items.Count(item => !item.Success), items);
}

/// <summary>What became of one document.</summary>
/// <param name="DocumentId">Which.</param>
/// <param name="Success">Whether it was changed.</param>
/// <param name="Code">Why not, as the route for one document answers it; null where it was changed.</param>
/// <param name="Message">The same in a sentence.</param>
public sealed record BulkItem(Guid DocumentId, bool Success, string? Code, string? Message)
{
    internal static BulkItem Of(Guid id, Problem? problem) => new(id, problem is null, problem?.Code, Sentence(problem));

    private static string? Sentence(Problem? problem) =>
        problem?.Details is { } details ? string.Join(' ', details.SelectMany(field => field.Value)) : problem?.Message;
}
