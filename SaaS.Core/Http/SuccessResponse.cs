using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace SaaS.Core.Http;

/// <summary>A successful response without data.</summary>
/// <param name="Success">Always true.</param>
/// <param name="Message">One sentence for people.</param>
public sealed record SuccessResponse(bool Success, string Message)
{
    public static Ok<SuccessResponse> Ok(string message) => TypedResults.Ok(new SuccessResponse(true, message));
}
