using SaaS.Core.Http;

namespace SaaS.Core.Documents;

/// <summary>The results of a bulk request.</summary>
/// <param name="Succeeded">Number of documents that were changed.</param>
/// <param name="Failed">Number of documents that were not changed.</param>
/// <param name="Results">The result of each document, in the order of the request.</param>
public sealed record BulkResult(int Succeeded, int Failed, IReadOnlyList<BulkItem> Results)
{
    /// <summary>The maximum number of documents in one request.</summary>
    internal const int MaxItems = 100;

    internal static BulkResult From(IReadOnlyList<BulkItem> items) =>
        new(items.Count(item => item.Success), items.Count(item => !item.Success), items);
}

/// <summary>The result for one document.</summary>
/// <param name="DocumentId">The document's id.</param>
/// <param name="Success">True when the document was changed.</param>
/// <param name="Code">The problem code that the endpoint for one document returns; null on success.</param>
/// <param name="Message">The problem in one sentence; null on success.</param>
public sealed record BulkItem(Guid DocumentId, bool Success, string? Code, string? Message)
{
    internal static BulkItem From(Guid id, Problem? problem) => new(id, problem is null, problem?.Code, Sentence(problem));

    private static string? Sentence(Problem? problem) =>
        problem?.Details is { } details ? string.Join(' ', details.SelectMany(field => field.Value)) : problem?.Message;
}
